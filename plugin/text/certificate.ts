/** What to do about a TLS certificate that Node does not accept. */

/** OpenSSL's words for a certificate whose issuer is not known here. */
const UNKNOWN_ISSUER =
  /self[- ]signed certificate|unable to (verify the first|get( local)? issuer) certificate|unknown ca/i;
const OTHER_NAME = /does not match certificate's altnames|Hostname\/IP does not match/i;
const EXPIRED = /certificate has expired/i;

/** The remedy for the error's message; null when it is not about a certificate. */
export function certificateRemedy(message: string): string | null {
  if (UNKNOWN_ISSUER.test(message)) {
    return 'Its certificate is from an authority that Node does not know: set NODE_EXTRA_CA_CERTS in the environment (not in the settings file) to a PEM file with that authority, and start again.';
  }
  if (OTHER_NAME.test(message))
    return 'Its certificate is for another host name: use the name that the certificate has.';
  return EXPIRED.test(message) ? 'Its certificate has expired: renew it there.' : null;
}
