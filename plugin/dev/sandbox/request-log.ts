/** Every request to the API, for tests that count calls. */

export interface LoggedRequest {
  method: string;
  /** Below the base URL, without the query: `/contracts/ctr_…/usage`. */
  path: string;
  status: number;
  at: string;
}

export interface RequestFilter {
  method?: string | undefined;
  /** Any part of the path, or a pattern. */
  path?: string | RegExp | undefined;
  status?: number | undefined;
}

/** Whether a request is meant by a filter; what the filter leaves out matches anything. */
export function matchesRequest(
  filter: RequestFilter,
  request: { method: string; path: string; status?: number },
): boolean {
  const { method, path, status } = filter;
  if (method !== undefined && method.toUpperCase() !== request.method) return false;
  if (typeof path === 'string' && !request.path.includes(path)) return false;
  if (path instanceof RegExp && !path.test(request.path)) return false;
  return status === undefined || status === request.status;
}
