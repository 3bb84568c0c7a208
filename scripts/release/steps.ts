interface Release {
  tarballs: string[]
  npmTag: string
  tag: string
  /** The path of the file with the message of the tag. */
  notes: string
  /** Whether npm can attest which commit and workflow the packages are from. */
  withProvenance: boolean
}

/** The commands that publish a release: in a workflow, which a tag has started, with provenance; elsewhere they tag. */
export function stepsOf({ tarballs, npmTag, tag, notes, withProvenance }: Release): string[][] {
  const provenance = withProvenance ? ['--provenance'] : []
  return [
    ...tarballs.map(tarball => ['npm', 'publish', tarball, '--tag', npmTag, ...provenance]),
    ...(withProvenance ? [] : [['git', 'tag', '--annotate', tag, '--cleanup=whitespace', '--file', notes]])
  ]
}
