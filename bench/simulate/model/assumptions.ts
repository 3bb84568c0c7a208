/** A number that the figures depend on, with the place that it comes from. */
export interface Assumption {
  what: string
  value: number
  unit: string
  /** Markdown: a link to the source, or why this number was chosen. */
  source: string
}

/** Everything that was neither measured nor simulated. Change a value here, and `npm run simulate` updates the page. */
export const assumptions = {
  activeShare: {
    what: 'Accounts that are used on a day',
    value: 0.2,
    unit: 'of all accounts',
    source:
      'a good value for SaaS, between the averages of SaaS (15 %) and consumer products (30 %), of monthly users: [June](https://help.june.so/en/articles/4752354-stickiness-benchmark)'
  },
  loginsPerActive: {
    what: 'Logins of an active account on a day',
    value: 1,
    unit: '',
    source: 'chosen, and high: a session ends only after 14 days without a refresh'
  },
  failedShare: {
    what: 'Password checks that fail',
    value: 0.1,
    unit: 'of all checks',
    source:
      'chosen: most industries see a credential stuffing rate below 10 % ([Auth0](https://auth0.com/blog/top-insights-from-our-2022-state-of-secure-identity-report/))'
  },
  attackedShare: {
    what: 'Password checks that fail during an attack',
    value: 0.34,
    unit: 'of all checks',
    source:
      'share of credential stuffing over all industries in 2022: [Auth0](https://auth0.com/blog/top-insights-from-our-2022-state-of-secure-identity-report/)'
  },
  newPrefixShare: {
    what: 'Logins from an address prefix without an earlier login to the account',
    value: 0.2,
    unit: 'of all logins',
    source: 'chosen: phones change networks'
  },
  activeHours: {
    what: 'Time in which an active account is in use on a day',
    value: 1,
    unit: 'h',
    source: 'chosen; refreshes grow in proportion'
  },
  tokenMinutes: {
    what: 'Time between two refreshes of a session in use',
    value: 15,
    unit: 'min',
    source: 'chosen: `ACCESS_TOKEN_TTL=900`; at the default of 600 there are 1.5 times as many refreshes'
  },
  readsPerRefresh: {
    what: 'Requests such as `GET /users/me` for each refresh',
    value: 1,
    unit: '',
    source: 'chosen: APIs verify tokens offline and ask Sallyport for nothing'
  },
  peakToMean: {
    what: 'Requests in the busiest hour, divided by the mean of the day',
    value: 1.7,
    unit: '',
    source:
      '1.6 to 1.7 for users all over the world: [Robust Perception](https://www.robustperception.io/do-you-know-your-peak-to-mean-ratio/). With users in one country, expect more'
  },
  roundTripMs: {
    what: 'Round trip from a node to PostgreSQL',
    value: 0.5,
    unit: 'ms',
    source:
      'zones of one AWS region are 0.25 to 3.4 ms apart: [Kyle Anderson](https://www.xkyle.com/Measuring-AWS-Region-and-AZ-Latency/)'
  },
  farMs: {
    what: 'Round trip between two regions',
    value: 80,
    unit: 'ms',
    source:
      'Virginia and Ireland: [Latency between AWS regions](https://acomputerscientistlearnsaws.blogspot.com/2017/04/aws-regions.html), 2017'
  },
  flushMs: {
    what: 'Flush of the write-ahead log',
    value: 1,
    unit: 'ms',
    source:
      'chosen: io2 Block Express takes less ([AWS](https://docs.aws.amazon.com/prescriptive-guidance/latest/sql-server-ec2-ha-dr/ebs-storage-types.html)), general purpose disks take more'
  },
  diskMegabytes: {
    what: 'Most that the disk writes in a second',
    value: 1000,
    unit: 'MB/s',
    source:
      'gp3: [AWS](https://docs.aws.amazon.com/prescriptive-guidance/latest/sql-server-ec2-ha-dr/ebs-storage-types.html)'
  },
  diskReadMs: {
    what: 'Read of a page from the disk',
    value: 1,
    unit: 'ms',
    source: 'chosen, as for the flush'
  },
  diskReads: {
    what: 'Pages that a statement list reads from the disk, with 100 million accounts; none with one million, which fit into memory',
    value: 0.5,
    unit: '',
    source: 'chosen'
  },
  hashUse: {
    what: 'Use of the hash cores in the busiest hour',
    value: 0.7,
    unit: '',
    source: 'chosen: the rest is for a lost node and for spikes'
  },
  databaseUse: {
    what: 'Use of the cores of PostgreSQL in the busiest hour',
    value: 0.5,
    unit: '',
    source: 'chosen: the rest is for autovacuum, checkpoints and backups'
  },
  mostConnections: {
    what: 'Connections up to which PostgreSQL needs no pooler',
    value: 1000,
    unit: '',
    source:
      'chosen: a few thousand are possible, with growing problems: [Andres Freund](https://www.citusdata.com/blog/2020/10/08/analyzing-connection-scalability/)'
  },
  mostOperations: {
    what: 'Most operations of the disk in a second',
    value: 16_000,
    unit: '1/s',
    source:
      'gp3: [AWS](https://docs.aws.amazon.com/prescriptive-guidance/latest/sql-server-ec2-ha-dr/ebs-storage-types.html); io2 Block Express has 256,000'
  },
  corePrice: {
    what: 'Price of a core for an hour',
    value: 0.0425,
    unit: '$',
    source:
      'c5.2xlarge with 8 cores on demand, $ 0.34, in an example of [AWS](https://docs.amazonaws.cn/en_us/autoscaling/ec2/userguide/weights-spot-price-per-unit-hour-example.html)'
  },
  auditDays: {
    what: 'Days for which events are kept',
    value: 365,
    unit: 'd',
    source: 'the default of `AUDIT_RETENTION`'
  },
  sessionDays: {
    what: 'Days from the last use of a session until its row is deleted',
    value: 15,
    unit: 'd',
    source: 'the default of `REFRESH_TOKEN_TTL`, 14 days, and the day for which ended sessions are kept'
  },
  retrySeconds: {
    what: 'Wait of a client before it repeats a refused login: a random time from one to twice this',
    value: 1,
    unit: 's',
    source: 'the `Retry-After` of the refusal'
  },
  retryMost: {
    what: 'Longest wait of a client that doubles it after each refusal, and then takes a random part of it',
    value: 60,
    unit: 's',
    source: 'full jitter: [AWS](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)'
  }
} satisfies Record<string, Assumption>

/** The value of an assumption. */
export const assumed = (name: keyof typeof assumptions): number => assumptions[name].value
