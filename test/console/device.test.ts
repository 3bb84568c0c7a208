import t from 'tap'
import { deviceOf } from '../../console/src/login-name.ts'

const webKit = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const iPhone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const known = {
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0': 'Firefox on Linux',
  'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0': 'Firefox on Android',
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${webKit} Chrome/140.0.0.0 Safari/537.36`]: 'Chrome on ChromeOS',
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webKit} Chrome/140.0.0.0 Safari/537.36`]: 'Chrome on Windows',
  [`Mozilla/5.0 (Windows NT 10.0) ${webKit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`]: 'Edge on Windows',
  [`Mozilla/5.0 (Windows NT 10.0) ${webKit} Chrome/140.0.0.0 Safari/537.36 Vivaldi/7.5`]: 'Vivaldi on Windows',
  [`Mozilla/5.0 (Windows NT 10.0) ${webKit} Chrome/138.0 YaBrowser/25.8 Safari/537.36`]: 'Yandex on Windows',
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webKit} Chrome/140.0 Safari/537.36 OPR/124.0`]: 'Opera on macOS',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15':
    'Safari on macOS',
  [`Mozilla/5.0 (Linux; Android 10; K) ${webKit} SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36`]:
    'Samsung Internet on Android',
  [`Mozilla/5.0 (Linux; Android 10; K) ${webKit} Chrome/140.0 Mobile DuckDuckGo/5 Safari/537.36`]:
    'DuckDuckGo on Android',
  [`Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/AP; wv) ${webKit} Version/4.0 Chrome/140.0 Mobile Safari/537.36`]:
    'WebView on Android',
  [`Mozilla/5.0 (X11; Linux x86_64) ${webKit} HeadlessChrome/140.0.0.0 Safari/537.36`]: 'Headless Chrome on Linux',
  [`${iPhone} Version/18.6 Mobile/15E148 Safari/604.1`]: 'Safari on iPhone',
  [`${iPhone} FxiOS/140.0 Mobile/15E148 Safari/605.1.15`]: 'Firefox on iPhone',
  [`${iPhone} Mobile/15E148`]: 'WebView on iPhone',
  'Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1':
    'Chrome on iPad'
}

t.test('A login is named by its browser and its system', async t => {
  for (const [userAgent, device] of Object.entries(known)) t.equal(deviceOf(userAgent), device)
})

t.test('A bot has its own name, whatever browser it runs', async t => {
  const bot = 'compatible; Googlebot/2.1; +http://www.example.com/bot.html'
  t.equal(deviceOf(`Mozilla/5.0 (${bot})`), 'Googlebot')
  t.equal(deviceOf(`Mozilla/5.0 (Linux; Android 6.0.1) ${webKit} Chrome/140.0 Safari/537.36 (${bot})`), 'Googlebot')
})

t.test('Another program is named by its first product, and its system if it is known', async t => {
  for (const [userAgent, device] of [
    ['curl/8.14.1', 'curl'],
    ['okhttp/4.12.0', 'okhttp'],
    ['python-requests/2.32.3', 'python-requests'],
    ['MyApp/3.1 CFNetwork/1490.0.4 Darwin/23.2.0', 'MyApp'],
    ['My%20App/12 CFNetwork/1490.0.4 Darwin/23.2.0', 'My App'],
    ['Dalvik/2.1.0 (Linux; U; Android 15; Pixel 9)', 'Dalvik on Android'],
    ['Mozilla/5.0 (X11; Linux x86_64)', 'Mozilla on Linux'],
    ['Firefox', 'Firefox'],
    ['<img src=x onerror=alert(1)>', '<img'],
    ['(no product)', '(no product)']
  ] as const)
    t.equal(deviceOf(userAgent), device)
})

t.test('The name of a device is never a paragraph', async t => {
  t.equal(deviceOf('x'.repeat(500)), 'x'.repeat(40))
  t.equal(deviceOf(`(${'x '.repeat(250)})`).length, 40)
  t.equal(deviceOf(`Mozilla/5.0 (compatible; ${'x'.repeat(500)})`).length, 40)
})

t.test('A login without the header has an unknown device', async t => {
  for (const userAgent of [null, '', ' ']) t.equal(deviceOf(userAgent), 'Unknown')
})
