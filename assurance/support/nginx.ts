import { join } from 'node:path'
import type { Test } from 'tap'
import { startListening } from './listening.ts'

/** nginx with these lines in a server block on `port`, and `more` before it; stopped when the test ends. */
export async function startNginx(t: Test, port: number, lines: string, more = '') {
  const folder = t.testdirName
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    kind => `${kind}_temp_path ${join(folder, kind)};`
  )
  const server = `server { listen 127.0.0.1:${port};\n${lines}\n}`
  t.testdir({
    'nginx.conf': `daemon off; worker_processes 1; pid ${join(folder, 'pid')}; events {}
http { access_log off; ${temporary.join(' ')} ${more}\n${server} }\n`
  })
  const files = ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')]
  await startListening(t, port, ['nginx', ...files])
}
