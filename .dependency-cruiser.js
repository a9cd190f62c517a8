/** Folders of sdk/src from the ground up: each imports only from those before it (and never from `cli`). */
const layers = [
  ['contract'],
  ['errors'],
  [
    'environment',
    'run',
    'recipe',
    'plugins',
    'models',
    'rewards',
    'rephrasers',
    'datasets',
    'evaluators',
    'training',
    'lab',
  ],
  ['session', 'testing'],
  ['stages'],
  ['cli'],
];
const folder = (names) => `^sdk/src/(${names.join('|')})/`;
const test = '[.]test[.]ts$';

const upwardImports = layers.slice(0, -1).map((names, level) => ({
  name: `no-upward-import-from-${names[0]}`,
  comment: `sdk/src/{${names.join(',')}} may not know what is built on top of them.`,
  severity: 'error',
  from: { path: folder(names), pathNot: test },
  to: { path: folder(layers.slice(level + 1).flat()) },
}));

/** The import rules of the architecture: plugins -> contract; cli -> stages -> session -> bridge. */
export default {
  forbidden: [
    ...upwardImports,
    {
      name: 'contract-imports-nothing-of-ours',
      comment: 'A plugin author must be able to read the contract alone.',
      severity: 'error',
      from: { path: '^sdk/src/contract/' },
      to: { path: '^(bridge|sdk|plugins|tests|scripts|bench)/', pathNot: '^sdk/src/contract/' },
    },
    {
      name: 'plugins-know-only-the-contract',
      comment: 'The built-ins use only what strangers may use.',
      severity: 'error',
      from: { path: '^plugins/', pathNot: test },
      to: { path: '^(bridge|sdk|tests|scripts)/', pathNot: '^sdk/src/contract/' },
    },
    {
      name: 'plugin-tests-know-only-contract-and-testing',
      severity: 'error',
      from: { path: `^plugins/.*${test}` },
      to: { path: '^(bridge|sdk|tests|scripts)/', pathNot: '^sdk/src/(contract|testing)/' },
    },
    {
      name: 'bridge-stands-alone',
      severity: 'error',
      from: { path: '^bridge/' },
      to: { path: '^(sdk|plugins|tests|scripts)/' },
    },
    {
      name: 'sdk-knows-no-plugin',
      comment: 'The built-ins are loaded by name, as those of strangers are.',
      severity: 'error',
      from: { path: '^sdk/' },
      to: { path: '^(plugins|tests|scripts)/' },
    },
    {
      name: 'nobody-imports-the-cli',
      severity: 'error',
      from: { pathNot: '^sdk/src/cli/' },
      to: { path: '^sdk/src/cli/' },
    },
    {
      name: 'only-the-bridge-knows-the-wire',
      comment: 'The bench does, to have something to compare the bridge with.',
      severity: 'error',
      from: { pathNot: '^(bridge|bench)/' },
      to: { path: 'node_modules/(zeromq|msgpackr|node-calls-python)/' },
    },
    {
      name: 'tests-are-not-imported',
      severity: 'error',
      from: { pathNot: test },
      to: { path: test },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'packages-are-declared',
      comment: 'Published code may only use what its own package.json asks for.',
      severity: 'error',
      from: { path: '^(bridge|sdk|plugins)/', pathNot: [test, '/test-[a-z-]+[.]ts$'] },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    exclude: { path: '(^|/)(dist|runs)/' },
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['repro-src', 'node', 'import', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
