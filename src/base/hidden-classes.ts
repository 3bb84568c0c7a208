import { executionAsyncResource } from 'node:async_hooks'

const kept: object[] = []

/**
 * Keeps the server fast after it has been idle. V8 frees a hidden class when no object has it, as it does in an idle
 * process, and from then on it does not optimize the code of Node.js that creates such objects. `GET /users/me` would
 * take a third longer. Therefore one response and one entry of `process.nextTick` are kept. Returns both. Must be
 * called as early as possible: after the first full garbage collection of the process it is too late.
 */
export function keepHiddenClasses(): object[] {
  if (kept.length === 0) {
    // Node.js 22 and later would load the whole of fetch for an `import` of this module.
    const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http')
    kept.push(new ServerResponse(new IncomingMessage(undefined as never)))
    process.nextTick(() => kept.push(executionAsyncResource()))
  }
  return kept
}
