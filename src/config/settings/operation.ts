import { Type } from '@sinclair/typebox'
import { seconds } from './kinds.ts'

/** The audit trail, processes, metrics and the log. */
export const operation = {
  insecure: Type.Union([Type.Literal('refuse'), Type.Literal('allow')], {
    default: 'refuse',
    description:
      'Three settings are insecure: an http `ISSUER` of another machine, `METRICS` on 0.0.0.0, and `CORS_ORIGINS` *. With them, a server does not start if `NODE_ENV` is `production`, and otherwise logs a warning. `allow` accepts them without a warning'
  }),
  auditUnknownNames: Type.Union([Type.Literal('hash'), Type.Literal('name')], {
    default: 'hash',
    description:
      'How the event of a failed login has a name that no account has: as a hash with a key from `SECRET`, or as it was typed, which may be a password in the wrong field'
  }),
  auditRetention: seconds('Age at which events of the audit trail are deleted; 0 keeps them', 31_536_000, 0),
  workers: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: 1,
    description: 'Server processes behind one listener; no more than the number of cores'
  }),
  maxConnections: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 10_000,
    description:
      'Maximum number of open connections; further ones are closed. One network, the /24 of an IPv4 address or the /48 of an IPv6 address, may have a quarter of them, unless `TRUST_PROXY` names its address'
  }),
  drainDelay: Type.Integer({
    minimum: 0,
    maximum: 8,
    default: 3,
    description: 'How long the server accepts connections after SIGTERM, while `/readyz` answers 503 (seconds)'
  }),
  databaseWait: seconds('How long the server waits for PostgreSQL when it starts', 30, 0),
  metrics: Type.Optional(
    Type.String({
      pattern: '^([\\w.-]+|\\[[\\da-fA-F:.]+\\]):\\d+$',
      description:
        'Address and port of a separate listener for Prometheus metrics, such as `127.0.0.1:9464`; when unset, metrics are off',
      expected: 'host:port, such as 127.0.0.1:9464 or [::1]:9464'
    })
  ),
  otelExporterOtlpEndpoint: Type.Optional(
    Type.String({
      pattern: '^https?://\\S+$',
      description: 'OTLP/HTTP endpoint for traces, such as `http://127.0.0.1:4318`; when unset, tracing is off',
      expected: 'an http or https URL'
    })
  ),
  logLevel: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map(level => Type.Literal(level)),
    { default: 'info', description: 'Minimum log level' }
  )
}
