import { howToType } from '@repro/bridge';
import { execa } from 'execa';
import { z } from 'zod';
import type { Lock } from './read-lock.ts';
import type { SystemCheck } from './system-check.ts';

const probe = `
import importlib.metadata, json, sys
versions = {}
for name in json.load(sys.stdin):
    try:
        versions[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        versions[name] = None
json.dump(versions, sys.stdout)
`;
const Versions = z.record(z.string(), z.string().nullable());

/** Whether an interpreter has every package of a lock, in the version that the lock says. */
export async function checkPackages(python: string, lock: Lock): Promise<SystemCheck> {
  const expected = `${lock.packages.length} packages of the lock "${lock.name}"`;
  const cure = `Run \`${howToType(`env setup --lock ${lock.name}`)}\`.`;
  const names = lock.packages.map(({ name }) => name);
  const result = await execa(python, ['-I', '-c', probe], {
    input: JSON.stringify(names),
    reject: false,
    timeout: 60_000,
  });
  if (result.failed)
    return { name: 'packages', status: 'missing', found: `${python}: ${result.shortMessage}`, expected, cure };

  const versions = Versions.parse(JSON.parse(result.stdout));
  const wrong = lock.packages.filter(({ name, version }) => versions[name] !== version);
  if (wrong.length === 0) return { name: 'packages', status: 'ok', found: `all, in ${python}`, expected };
  const list = wrong
    .slice(0, 5)
    .map(({ name, version }) => `${name} ${versions[name] ?? 'absent'} (expected ${version})`);
  const more = wrong.length > 5 ? `, and ${wrong.length - 5} more` : '';
  return { name: 'packages', status: 'missing', found: `${list.join(', ')}${more}`, expected, cure };
}
