export { build, type ServiceOptions } from './app.ts'
export type { AccessTokenClaims } from './auth/access-token-claims.ts'
export type { Extensions, Grant } from './auth/extensions.ts'
export type { Registration, User } from './auth/user.ts'
export { type Config, ConfigError, configFrom, loadConfig } from './config.ts'
export { Problem } from './errors.ts'
export {
  type Auth,
  type AuthenticateHook,
  type Sallyport,
  sallyport,
  sallyport as default
} from './mount.ts'
export type { SallyportOptions } from './mount-options.ts'
