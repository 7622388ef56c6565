/**
 * Where scimkit tells the host what went wrong. Structured fields only: ids, counts and causes; never keys,
 * values of resources or bodies.
 */
export interface Logger {
  error(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  info(message: string, details?: object): void;
}
