/** The setting with which a server loads a module of `bench/preloads` before its program. */
export const preload = (name: 'slow-sync' | 'profile') => ({
  NODE_OPTIONS: `--import=${new URL(`preloads/${name}.mjs`, import.meta.url)}`
})
