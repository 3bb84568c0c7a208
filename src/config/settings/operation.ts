import { Type } from '@sinclair/typebox'
import { list, seconds } from './kinds.ts'

/** The audit trail, processes, metrics and the log. */
export const operation = {
  insecure: Type.Union([Type.Literal('refuse'), Type.Literal('allow')], {
    default: 'refuse',
    description:
      'With an http `ISSUER` of another machine, `METRICS` on 0.0.0.0 or `CORS_ORIGINS` *, a server does not start if `NODE_ENV` is `production`, and otherwise logs a warning; `allow` accepts them without a word, and webhooks by http to this machine'
  }),
  auditRetention: seconds('Age at which events of the audit trail are deleted; 0 keeps them', 31_536_000, 0),
  webhookHosts: list(
    'The only hosts that webhooks may lead to, also in a private network; by default every host of the internet',
    'a host name such as crm.example.com, or an IP address',
    '^([a-z0-9_-]+(\\.[a-z0-9_-]+)*|\\[[\\da-f:.]+\\])$'
  ),
  workers: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: 1,
    description: 'Server processes behind one listener; no more than the number of cores'
  }),
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
