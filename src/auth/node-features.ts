import type { NodeStore } from '../store/nodes.ts'

/** A feature whose tokens a client may present to a node without it: an older one, or one with another setting. */
export type Feature = 'dpop'

export type NodeFeatures = ReturnType<typeof createNodeFeatures>

/** Turns a feature on when every running node has it, so that nobody has to replace all nodes first. */
export function createNodeFeatures({
  config,
  store
}: {
  config: { dpop: 'off' | 'optional' | 'required' }
  store: Pick<NodeStore, 'features'>
}) {
  const own: Feature[] = config.dpop === 'off' ? [] : ['dpop']
  let nodes: Awaited<ReturnType<typeof store.features>> = []
  const lacking = (feature: Feature) => nodes.filter(({ features }) => !features.includes(feature))

  return {
    /** The features of this node. */
    own,

    /** Reads the features of every node. Until the first time, every feature is on. */
    async read(): Promise<void> {
      nodes = await store.features()
    },

    isOn: (feature: Feature) => lacking(feature).length === 0,

    /** The versions of the nodes without the feature, each once. */
    versionsWithout: (feature: Feature) => [...new Set(lacking(feature).map(({ version }) => version))]
  }
}
