import { hash } from 'node:crypto';
import { parseJson, stringifyJson } from '../contract/json-text.ts';
import { openPartLog } from '../run/part-log.ts';
import type { OutputRecord, ScoreRow } from '../run/rows.ts';
import type { RunFolder } from '../run/run-folder.ts';

/** Scores of a part in progress. They hold for the texts that they were made of and no others. */
export interface ScoreLog extends AsyncDisposable {
  find(line: number, records: readonly OutputRecord[]): Promise<readonly ScoreRow[] | undefined>;
  keep(line: number, records: readonly OutputRecord[], rows: readonly ScoreRow[]): Promise<void>;
}

/** Opens the log of a part of `recycle`; it can be begun before that part is committed. */
export async function openScoreLog(
  run: RunFolder,
  part: number,
  key: { readonly stageKey: string; readonly recycleKey: string; readonly inputSha256: string },
): Promise<ScoreLog> {
  const input = `${key.recycleKey}/${key.inputSha256}`;
  const log = await openPartLog(run, 'score', part, { stageKey: key.stageKey, input });
  // A text that was lost in a crash and made anew has other scores than the log; they are few.
  const renewed = new Map<number, string>();
  return {
    async find(line, records) {
      const payload = renewed.get(line) ?? (log.has(line) ? await log.read(line) : undefined);
      if (payload === undefined) {
        return undefined;
      }
      const { texts, rows } = parseJson(payload) as unknown as {
        readonly texts: string;
        readonly rows: readonly ScoreRow[];
      };
      return texts === hashTexts(records) ? rows : undefined;
    },
    async keep(line, records, rows) {
      const payload = stringifyJson({ texts: hashTexts(records), rows });
      if (log.has(line)) {
        renewed.set(line, payload);
      } else {
        await log.append(line, payload);
      }
    },
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}

function hashTexts(records: readonly OutputRecord[]): string {
  return hash('sha256', stringifyJson(records.map(({ id, text }) => [id, text])));
}
