const longestRefusal = 400;

const begins =
  /^["'“\s]*(?:i['’]m (?:very |really |so )?sorry|i apologi[sz]e|sorry,|i (?:cannot|can['’]t|can not|won['’]t|am unable|am not able)\b|i['’]m (?:unable|not able)\b|as an ai\b|unfortunately, i (?:cannot|can['’]t))/i;
const speaksOfTheTask =
  /\b(?:assist|help|fulfil|fulfill|comply|request|provide|paraphras\w+|rewrit\w+|language model|an ai)\b/i;

/** Whether a model declines, in English and in a few words; a page that begins so itself does not count. */
export function isRefusal(answer: string, source: string): boolean {
  const beginning = begins.exec(answer.slice(0, longestRefusal))?.[0];
  return (
    beginning !== undefined &&
    answer.length <= longestRefusal &&
    speaksOfTheTask.test(answer) &&
    !source.toLowerCase().includes(beginning.trim().toLowerCase())
  );
}
