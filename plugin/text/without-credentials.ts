/** Errors of libraries may quote the address that they were given. */

/** The text without user and password of any URL in it. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]*:[^\s@]*@(?=[\w[])/gi, (match, scheme: string) =>
    // A port of a web server, not a password: https://host:8080/a@b.
    /^https?:\/\/[^:]*:\d+\//i.test(match) ? match : `${scheme}…@`,
  );
}
