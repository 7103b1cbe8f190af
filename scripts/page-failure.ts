/** An error of the page as an Error on this side, with its name. */
export function errorOf(failure: { readonly name: string; readonly message: string }): Error {
  const error = new Error(failure.message);
  error.name = failure.name;
  return error;
}

/** A failure in one line for people: its message, after its name where that says more than the language's own names do. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return /^[A-Z][a-z]*Error$|^Error$/.test(error.name) ? error.message : `${error.name}: ${error.message}`;
}
