import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node'
import type { FastifyBaseLogger, FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { ConfigError } from '../base/errors.ts'
import { packageVersion } from '../base/package.ts'
import type { Config } from '../config/config.ts'

/** Time limit (milliseconds) of an export, and of the last export before the process ends. */
const limitMs = 2000

const packages = [
  '@fastify/otel',
  '@opentelemetry/api',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace-node'
]

/**
 * A plugin that sends a span for each request to `otelExporterOtlpEndpoint`; register it before all others. `undefined`
 * when the setting is unset. A span has the method, the route and the status, and no data from users; it continues the
 * trace of a `traceparent` (W3C Trace Context §3.2). The last spans are sent after the app has closed, within two
 * seconds; a failing collector only causes a log line. Throws a ConfigError when the packages are not installed or the
 * endpoint is not a URL.
 */
export async function startTracing(config: Config): Promise<FastifyPluginAsync | undefined> {
  const { otelExporterOtlpEndpoint: endpoint } = config
  if (endpoint === undefined) return undefined
  if (!URL.canParse(endpoint)) {
    throw new ConfigError([
      `OTEL_EXPORTER_OTLP_ENDPOINT is ${JSON.stringify(endpoint)}, which is not valid: expected an http or https URL`
    ])
  }
  const { FastifyOtelInstrumentation, api, exporters, resources, sdk } = await load()

  const collector = createCollector(
    new exporters.OTLPTraceExporter({
      // OTLP exporter specification, "Endpoint URLs for OTLP/HTTP": the path of the base URL is kept.
      url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
      timeoutMillis: limitMs
    }),
    span => span.kind === api.SpanKind.SERVER
  )
  const provider = new sdk.NodeTracerProvider({
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes({ 'service.name': 'sallyport', 'service.version': packageVersion }))
      // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES take precedence.
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor(collector)]
  })
  // Spans are on the request, so async context tracking is not needed.
  provider.register({ contextManager: null })
  const instrumentation = new FastifyOtelInstrumentation({
    instrumentHooks: false,
    instrumentHandler: false,
    recordExceptions: false,
    requestHook(span, { method, routeOptions }) {
      span.updateName(routeOptions.url === undefined ? method : `${method} ${routeOptions.url}`)
    }
  })
  instrumentation.setTracerProvider(provider)

  return fp(
    async (app: FastifyInstance) => {
      collector.logTo(app.log)
      // onClose hooks run in reverse order, so this one runs after those of the other plugins.
      app.addHook('onClose', async () => {
        await atMost(limitMs, provider.shutdown())
        api.trace.disable()
        api.propagation.disable()
      })
      await app.register(instrumentation.plugin())
    },
    { name: 'tracing' }
  )
}

async function load() {
  try {
    const [{ FastifyOtelInstrumentation }, api, exporters, resources, sdk] = await Promise.all([
      import('@fastify/otel'),
      import('@opentelemetry/api'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-node')
    ])
    return { FastifyOtelInstrumentation, api, exporters, resources, sdk }
  } catch (error) {
    // Without ERR_ where the program is bundled.
    if (!/^(ERR_)?MODULE_NOT_FOUND$/.test(String((error as NodeJS.ErrnoException).code))) throw error
    throw new ConfigError([
      `OTEL_EXPORTER_OTLP_ENDPOINT requires packages that are not installed: run npm install ${packages.join(' ')}`
    ])
  }
}

/**
 * Passes the spans that `isWanted` accepts to `exporter`, without data from users. Logs the first error of each outage.
 */
function createCollector(exporter: SpanExporter, isWanted: (span: ReadableSpan) => boolean) {
  let log: FastifyBaseLogger | undefined
  let isFailing = false
  return {
    logTo(logger: FastifyBaseLogger) {
      log = logger
    },
    export(spans, done) {
      exporter.export(spans.filter(isWanted).map(withoutUserData), result => {
        if (result.error && !isFailing) log?.warn({ err: result.error }, 'cannot send traces')
        isFailing = result.error !== undefined
        done(result)
      })
    },
    shutdown: () => exporter.shutdown()
  } satisfies SpanExporter & { logTo(logger: FastifyBaseLogger): void }
}

const harmless = new Set(['http.request.method', 'http.route', 'http.response.status_code'])

/**
 * The instrumentation puts the URL into `url.path` and error messages into the status, and marks 4xx responses as
 * errors, which a server must not (semantic conventions of HTTP spans, "Status"). Clients control the content of
 * `tracestate`.
 */
function withoutUserData(span: ReadableSpan): ReadableSpan {
  const attributes = Object.fromEntries(Object.entries(span.attributes).filter(([name]) => harmless.has(name)))
  const { traceId, spanId, traceFlags } = span.spanContext()
  const code = Number(attributes['http.response.status_code']) < 500 ? 0 : span.status.code
  return Object.create(span, {
    attributes: { value: attributes },
    status: { value: { code } },
    events: { value: [] },
    spanContext: { value: () => ({ traceId, spanId, traceFlags }) }
  })
}

async function atMost(milliseconds: number, work: Promise<unknown>) {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise(resolve => {
    timer = setTimeout(resolve, milliseconds)
  })
  // The failure of the collector has already been logged.
  await Promise.race([work.catch(() => {}), limit])
  clearTimeout(timer)
}
