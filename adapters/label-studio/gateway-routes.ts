/** Routes that Label Studio's description of itself names. */
export const knownRoutes: readonly string[] = [];
