import type { NodeRow } from '../store/nodes.ts'

/** What a client brings from one node to another, which an older node or one with another setting does not know. */
export type Feature = 'dpop'

export type NodeFeatures = ReturnType<typeof createNodeFeatures>

/** Turns a feature on when every running node knows it, so that nobody has to replace all nodes first. */
export function createNodeFeatures({
  config,
  store
}: {
  config: { dpop: 'off' | 'optional' | 'required' }
  store: { features(): Promise<Pick<NodeRow, 'version' | 'features'>[]> }
}) {
  const own: Feature[] = config.dpop === 'off' ? [] : ['dpop']
  let nodes: Pick<NodeRow, 'version' | 'features'>[] = []
  const lacking = (feature: Feature) => nodes.filter(({ features }) => !features.includes(feature))

  return {
    /** What this node knows. */
    own,

    /** Reads what every node says that it knows. Until the first time, all know everything. */
    async read(): Promise<void> {
      nodes = await store.features()
    },

    isOn: (feature: Feature) => lacking(feature).length === 0,

    /** The versions of the nodes that do not know the feature, each once. */
    versionsWithout: (feature: Feature) => [...new Set(lacking(feature).map(({ version }) => version))]
  }
}
