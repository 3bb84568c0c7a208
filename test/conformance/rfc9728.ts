import { excluded, must, type Standard, should } from './scenarios.ts'

const apis = 'resource-server/resource-metadata.test.ts'
const served = 'An API whose audience is its URL serves its metadata, and names it (RFC 9728 §2, §3.1, §3.2, §5.1)'
const placed = 'The well-known string goes between the host and the path of the resource (RFC 9728 §3.1)'

export const rfc9728: Standard = {
  name: 'RFC 9728',
  title: 'OAuth 2.0 Protected Resource Metadata',
  date: 'April 2025',
  table: 'rfc9728',
  scenarios: [
    must(
      '§2',
      'an API with sallyport/verifier serves its metadata as JSON, with its scopes and the algorithms of proofs (§3.2)',
      [[apis, served]]
    ),
    must('§3.1', 'the well-known string is between the host and the path of the resource', [[apis, placed]]),
    must(
      '§3.3',
      'resource is the identifier of the API character for character, and an API whose identifier is not its URL has no metadata',
      [
        [apis, placed],
        [apis, 'There is no metadata of a resource that is not this API (RFC 9728 §3.3)']
      ]
    ),
    should('§4', 'the metadata of the server lists the APIs of the settings as protected_resources', [
      ['conformance/rfc8707.ts', 'RFC 8707 §2: the metadata list the resources (RFC 9728 §4)']
    ]),
    should('§5.1', 'a 401 of the API names the metadata in each challenge, for the URLs below the resource (§3.3)', [
      [apis, served],
      [apis, placed]
    ])
  ],
  notApplicable: [
    excluded('§2.2', 'signed metadata', 'It is optional, and clients fetch the metadata over TLS.'),
    excluded(
      '§2, §3',
      "metadata of Sallyport's own endpoints",
      'A client knows them from the metadata of the authorization server.'
    )
  ]
}
