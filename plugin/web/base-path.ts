/**
 * The plugin below a path of a host that other programs share: PLUGIN_PUBLIC_URL=https://label.example.com/opentrain. Routes and
 * templates are written as if it stood at the root; here the path is taken off requests and put before what answers point to.
 *
 * | a request for           | comes from                        | is read as      |
 * |-------------------------|-----------------------------------|-----------------|
 * | /opentrain/console      | a proxy that keeps the path       | /console        |
 * | /opentrain              | the same                          | /               |
 * | /console                | a proxy that takes the path off   | /console        |
 */
import type { RequestHandler } from 'express';

/** Attributes of ours that hold an address. */
const ADDRESSES = /(\s(?:href|src|action|formaction|hx-get|hx-post)=")\/(?!\/)/g;

/** Takes the path off the request's address, and puts it before redirects. Comes before every route. */
export function readBasePath(basePath: string): RequestHandler {
  return (request, response, next) => {
    request.url = withoutBasePath(request.url, basePath);
    const location = response.location.bind(response);
    response.location = (url) => location(/^\/(?!\/)/.test(url) ? basePath + url : url);
    next();
  };
}

/** The address below the path; any other as it is. */
export function withoutBasePath(url: string, basePath: string): string {
  if (basePath === '' || !url.startsWith(basePath)) return url;
  const rest = url.slice(basePath.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : url;
}

/** The page with the path before each of our addresses. Text of others has its quotes escaped, so no attribute is made by it. */
export function withBasePath(html: string, basePath: string): string {
  return basePath === '' ? html : html.replaceAll(ADDRESSES, `$1${basePath.replaceAll('$', '$$$$')}/`);
}
