/** `npm run dev` only: loads the page again when the build has changed it. */
export async function reloadOnChange() {
  const page = async () => (await fetch(location.href)).text()
  const first = await page()
  setInterval(async () => {
    if ((await page().catch(() => first)) !== first) location.reload()
  }, 1000)
}
