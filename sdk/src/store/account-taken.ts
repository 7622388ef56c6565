/** The app's account is linked to another resource of the connection already: one account is one person there. */
export class AccountTakenError extends TypeError {
  override readonly name = 'AccountTakenError';

  constructor() {
    super('The userId is linked to another resource of this connection already.');
  }
}
