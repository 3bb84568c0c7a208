import type { FunctionComponent } from 'preact'
import { Loaded, useLoad } from './loading.tsx'

/** A page whose code the browser loads when it shows the page for the first time. */
export function later<P extends object>(load: () => Promise<FunctionComponent<P>>) {
  let Page: FunctionComponent<P> | undefined
  let hasFailed = false

  async function read() {
    // A browser may remember the failure, and another version of the console has other files.
    if (hasFailed) location.reload()
    hasFailed = true
    Page = await load()
    hasFailed = false
    return Page
  }

  const Loading = (props: P) => <Loaded load={useLoad(read)}>{Page => <Page {...props} />}</Loaded>
  return (props: P) => (Page ? <Page {...props} /> : <Loading {...props} />)
}
