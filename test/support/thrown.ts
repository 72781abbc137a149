/** What a promise is rejected with; fails when it is not rejected, or with something that is no Error. */
export async function thrownBy(work: Promise<unknown>): Promise<Error> {
  let result: unknown;
  try {
    result = await work;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error(`Rejected with something that is no Error: ${String(error)}`);
  }
  throw new Error(`Nothing was thrown; the result was ${JSON.stringify(result)}`);
}
