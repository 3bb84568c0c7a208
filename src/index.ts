export { build } from './app.ts'
export type { Extensions, Grant } from './auth/extensions/extensions.ts'
export type { AccessTokenClaims } from './auth/tokens/access-token-claims.ts'
export type { Registration, User } from './auth/users/user.ts'
export type { Config } from './config/config.ts'
export {
  type Auth,
  type AuthenticateHook,
  type Sallyport,
  sallyport,
  sallyport as default
} from './embedding/mount.ts'
export type { SallyportOptions } from './embedding/mount-options.ts'
export { ConfigError, Problem } from './errors.ts'
export { configFrom, loadConfig } from './load-config.ts'
export type { Acr, Requirement, StepUp } from './resource-server/requirements.ts'
export type { ServiceOptions } from './service-options.ts'
