export { countWords, fakeCompletion } from './fake-completion.ts';
export type { FakeHostOptions, GenerateCall } from './fake-host.ts';
export { fakeHost, fakeModel, fakeModels, promptText } from './fake-host.ts';
export type { FakeMethods } from './fake-worker.ts';
export { fakeWorker } from './fake-worker.ts';
