import type { ActivityLog } from '../activity/activity-log.ts';
import type { AnsweredBody, AnsweredRequest } from '../activity/request.ts';
import type { Authenticated } from '../connections/authenticate.ts';
import { ScimError } from '../protocol/errors.ts';
import type { Profile } from '../protocol/leniency/profile.ts';
import { ActionRequired } from '../provisioning/app-decision.ts';
import { StoreUnavailableError } from '../store/sql/database.ts';
import { KeyRefusedError } from './key-refused-error.ts';
import type { RequestBody, ScimRequest, ScimResponse } from './message.ts';

/** Longest bodies that are kept for the activity, in bytes. */
const LONGEST_BODY = 65_536;

/** Notes one request for the activity, once it is known what became of it. */
export interface RequestNote {
  /** The request, with an ear for its body. */
  listen(request: ScimRequest): ScimRequest;
  answered(sender: Sender, response: ScimResponse): void;
  failed(sender: Sender, error: unknown): void;
  /** It was not let in. Kept where a right secret named a connection: strangers write nothing. */
  refused(error: unknown): void;
}

type Sender = Pick<Authenticated, 'scope' | 'keyId'> & { readonly profile: Profile };

const NOT_NOTED: RequestNote = Object.freeze({
  listen: (request: ScimRequest) => request,
  answered() {},
  failed() {},
  refused() {},
});

export function createRequestNote(
  { activity, clock }: { readonly activity: ActivityLog; readonly clock: () => number },
  { request, segments }: { readonly request: ScimRequest; readonly segments: readonly string[] | undefined },
): RequestNote {
  if (!activity.isOn) return NOT_NOTED;
  const at = clock();
  const begun = performance.now();
  let body: AnsweredBody | undefined;
  const write = (rest: Pick<AnsweredRequest, 'connectionId' | 'status'> & Partial<AnsweredRequest>) =>
    activity.note({
      keyId: undefined,
      keyFailure: undefined,
      scimType: undefined,
      detail: undefined,
      createdId: undefined,
      totalResults: undefined,
      leniencies: [],
      method: request.method,
      segments,
      query: request.query,
      body,
      at,
      durationMs: performance.now() - begun,
      ...rest,
    });
  const sentBy = ({ scope, keyId, profile }: Sender) => ({
    connectionId: scope.connectionId,
    keyId,
    leniencies: [...profile.used],
  });
  return {
    listen: (listened) => ({
      ...listened,
      async readBody(allowance) {
        const read = await listened.readBody(allowance);
        body = toAnsweredBody(read);
        return read;
      },
    }),
    answered(sender, response) {
      const { status } = response;
      const createdId = status === 201 ? response.headers.Location?.split('/').at(-1) : undefined;
      write({ ...sentBy(sender), status, createdId, totalResults: readTotal(response) });
    },
    failed(sender, error) {
      // Nothing was answered yet: the app is asked first.
      if (error instanceof ActionRequired) return;
      write({ ...sentBy(sender), ...toOutcome(error) });
    },
    refused(error) {
      if (!(error instanceof KeyRefusedError)) return;
      const { connectionId, keyId, failure } = error.outcome;
      if (connectionId === undefined) return;
      write({ connectionId, keyId, keyFailure: failure, ...toOutcome(error) });
    },
  };
}

function toAnsweredBody(body: RequestBody): AnsweredBody {
  if (body.kind !== 'bytes' || body.bytes.byteLength <= LONGEST_BODY) return body;
  return { kind: 'large', length: body.bytes.byteLength };
}

function toOutcome(error: unknown): Pick<AnsweredRequest, 'status' | 'scimType' | 'detail'> {
  if (error instanceof ScimError)
    return { status: error.status, scimType: error.scimType, detail: error.message };
  return error instanceof StoreUnavailableError
    ? { status: 503, scimType: undefined, detail: 'The database could not serve the request.' }
    : { status: 500, scimType: undefined, detail: 'Something went wrong on our side.' };
}

/** Lists say first how much there is: the text behind it is not held on to. */
function readTotal({ body }: ScimResponse): number | undefined {
  if (typeof body !== 'string' || !body.startsWith(LIST_START)) return undefined;
  const total = Number.parseInt(body.slice(LIST_START.length, LIST_START.length + 15), 10);
  return Number.isNaN(total) ? undefined : total;
}

const LIST_START = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":';
