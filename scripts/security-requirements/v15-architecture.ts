import { chapter, type Requirement } from './requirement.ts'
import { imageUser, packageFiles, throttle } from './shared.ts'

const dependencies = 'docs/dependencies.md'
const hashQueue = 'src/auth/passwords/hash-queue.ts'
const queueRefuses = 'refuses at once past its length, with 503 and Retry-After, and runs nothing'

/** ASVS V15.1 and V15.2: architecture and packages. */
export const v15Architecture: Requirement[] = [
  ...chapter('V15.1 Secure Coding and Architecture Documentation', [
    [
      '15.1.1',
      '1',
      'Documents say in which time packages with vulnerabilities are updated',
      'not met',
      {
        where: [dependencies],
        note: 'Fixes go into the newest version, and a bot proposes updates. No time is promised.'
      }
    ],
    [
      '15.1.2',
      '2',
      'A bill of materials has every package, from trusted sources',
      'met',
      {
        where: ['scripts/sbom.ts', dependencies],
        tests: [
          'the bill of materials names exactly the shipped packages (CycloneDX 1.5)',
          'every dependency has a documented reason, and every reason a dependency'
        ]
      }
    ],
    [
      '15.1.3',
      '2',
      'Documents name what is expensive, and how it is limited',
      'met',
      {
        where: ['SECURITY.md', 'docs/decisions/0015-space-for-logins.md', 'docs/performance.md'],
        tests: [queueRefuses, 'SECURITY.md states what prefixes may guess, and when an app closes']
      }
    ],
    [
      '15.1.4',
      '3',
      'Documents name risky packages',
      'not met',
      {
        where: [dependencies],
        note: 'They have a reason for each package, and explain each install script. None is marked as risky.'
      }
    ],
    [
      '15.1.5',
      '3',
      'Documents name dangerous functions of the program',
      'in part',
      {
        where: ['SECURITY.md'],
        note: 'Each defence names its files. There is no list of dangerous functions.'
      }
    ]
  ]),
  ...chapter('V15.2 Security Architecture and Dependencies', [
    [
      '15.2.1',
      '1',
      'No package is older than these times allow',
      'not met',
      { where: ['.github/dependabot.yml'], note: 'There are no such times (15.1.1).' }
    ],
    [
      '15.2.2',
      '2',
      'What is expensive cannot make the service unavailable',
      'met',
      {
        where: [hashQueue, 'src/auth/passwords/fair-line.ts', throttle],
        tests: [
          queueRefuses,
          'accounts and /readyz are answered while 64 clients hammer /token',
          'guesses from very many prefixes do not keep out an owner at a known prefix',
          'a thousand idle connections do not slow down the others'
        ]
      }
    ],
    [
      '15.2.3',
      '2',
      'Production has no test code, samples or functions for development',
      'in part',
      {
        where: ['package.json', 'deploy/Dockerfile'],
        tests: [packageFiles],
        note: 'The package has `sallyport/testing` for the tests of your apps, which the server never loads, and `/docs`, which `DOCS=off` removes.'
      }
    ],
    [
      '15.2.4',
      '3',
      'Packages come from the expected registry, and none can be confused',
      'met',
      {
        where: ['package-lock.json', dependencies],
        tests: [
          'every package in a lock file has a hash and no URL: npm uses the configured registry',
          'sallyport itself does not depend on the small packages, whose names others could register'
        ]
      }
    ],
    [
      '15.2.5',
      '3',
      'Dangerous parts are isolated',
      'in part',
      {
        where: ['deploy/Dockerfile', 'deploy/sallyport.service', 'deploy/kubernetes.yaml'],
        tests: [imageUser, 'each port of a pod admits only the pods of one namespace with one label'],
        note: 'The process as a whole is. Its parts are not separated from each other.'
      }
    ]
  ])
]
