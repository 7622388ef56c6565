import { useState } from 'react';
import { type ScimListing, useListing } from '@/hooks/scim/use-listing';
import { useSettled } from '@/hooks/scim/use-settled';
import type { ScimApiResult, ScimListRequest } from '@/lib/scim/scim-types';

/** A list that is searched and paged on the server. */
export interface ScimSearch<T> {
  listing: ScimListing<T>;
  /** As it stands in the field. */
  text: string;
  setText(text: string): void;
  setPage(page: number): void;
  /** Whether the list shown is of a search. */
  isSearching: boolean;
}

/** @param of what is listed, beside the request; another one is loaded anew */
export function useSearch<T>(
  of: string,
  load: (request: ScimListRequest) => Promise<ScimApiResult<T>>,
): ScimSearch<T> {
  const [text, setText] = useState('');
  const [page, setPage] = useState(0);
  const wanted = useSettled(text.trim());
  const request = { page, ...(wanted !== '' && { search: wanted }) };
  const listing = useListing<T>(JSON.stringify([of, request]), () => load(request));
  return {
    listing,
    text,
    setText(typed) {
      setText(typed);
      setPage(0);
    },
    setPage,
    isSearching: wanted !== '',
  };
}
