/** Jobs are named by their ids, which OpenTrain shows in addresses only. Pure. */

/** The id in what somebody pasted: the id itself, or the address of the job's page, whose last part it is. */
export function jobIdIn(text: string): string {
  const pasted = text.trim();
  if (!/^https?:\/\//i.test(pasted) || !URL.canParse(pasted)) return pasted;
  return new URL(pasted).pathname.split('/').findLast((part) => part !== '') ?? pasted;
}
