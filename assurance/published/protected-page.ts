import { launchChromium } from '../../test/support/chromium.ts'

// Uses the page of docs/quick-start.md as its reader does, and prints what the page shows. Ends with an error where it
// does not show what it has to.

const browser = await launchChromium()
const page = await browser.newPage()
page.on('response', answer => {
  const [scheme] = answer.request().headers().authorization?.split(' ') ?? []
  if (answer.ok() && scheme) console.log(`${new URL(answer.url()).pathname} accepts ${scheme}`)
})
const button = (name: string) => page.getByRole('button', { name, exact: true })

async function signIn(password: string) {
  await page.getByLabel('Username').fill('alice')
  await page.getByLabel('Password').fill(password)
  await button('Sign in').click()
}

await page.goto('http://localhost:5173')
await signIn('a wrong password')
console.log(await page.getByRole('alert').textContent())
await signIn('correct horse battery staple')
await page.getByText('ordersOf').waitFor()
await page.reload()
console.log(await page.getByText('ordersOf').textContent())
await button('Sign out').click()
await button('Sign in').waitFor()
await page.reload()
await button('Sign in').waitFor()
await browser.close()
