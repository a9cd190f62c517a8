import { z } from 'zod';
import { DamagedRunError } from '../errors/damaged-run.ts';
import { NewerRunFormatError } from '../errors/newer-run-format.ts';
import type { Store } from './store.ts';

/** Raised when a release would misread a run of the next one. */
const runFormat = 1;
const path = 'run.json';

/** Written once; what hosts decide later is in the journal. */
const RunFile = z.object({
  format: z.literal(runFormat),
  name: z.string(),
  createdAt: z.string(),
});
export type RunFile = z.infer<typeof RunFile>;

/** Whichever host is first creates it. */
export async function createRunFile(store: Store, name: string): Promise<void> {
  if ((await readRunFile(store)) !== undefined) {
    return;
  }
  const runFile: RunFile = { format: runFormat, name, createdAt: new Date().toISOString() };
  await store.createExclusively(path, `${JSON.stringify(runFile, null, 2)}\n`);
}

/** Undefined when the folder has none. */
export async function readRunFile(store: Store): Promise<RunFile | undefined> {
  const text = (await store.read(path))?.toString();
  if (text === undefined) {
    return undefined;
  }
  const file = `${store.root}/${path}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DamagedRunError({ file, problem: 'is not JSON', cause });
  }
  const { format } = z.object({ format: z.int() }).safeParse(value).data ?? {};
  if (format !== undefined && format > runFormat) {
    throw new NewerRunFormatError({ file, found: format, supported: runFormat });
  }
  const parsed = RunFile.safeParse(value);
  if (!parsed.success) {
    const { path: where = [], message } = parsed.error.issues[0] ?? { message: 'unknown' };
    throw new DamagedRunError({
      file,
      problem: `is no run description at ${where.join('.') || 'its root'}: ${message}`,
    });
  }
  return parsed.data;
}
