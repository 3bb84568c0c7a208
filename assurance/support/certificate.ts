import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes a self-signed certificate of `login.example.com` and its key into `folder`, under the names that the proxies
 * of `deploy/` read, and returns the certificate.
 */
export function writeCertificate(folder: string) {
  const path = (kind: string) => join(folder, `sallyport.${kind}`)
  const options = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=login.example.com'
  const files = ['-keyout', path('key'), '-out', path('crt')]
  execFileSync('openssl', [...options.split(' '), ...files], { stdio: 'ignore' })
  const certificate = readFileSync(path('crt'), 'utf8')
  writeFileSync(path('pem'), certificate + readFileSync(path('key'), 'utf8'))
  return certificate
}
