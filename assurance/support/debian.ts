import { spawnSync } from 'node:child_process'

/** The environment of a program that Debian installs in a folder that is only on root's PATH. */
export const debianEnv = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }

/** Whether the program `name` is installed. */
export const isInstalled = (name: string) => spawnSync(name, ['--version'], { env: debianEnv }).error === undefined

/**
 * Why a test that needs the program `name` is skipped, or `false`. In CI nothing is skipped: all programs are there.
 */
export const skipWithoutProgram = (name: string): string | false =>
  !process.env.CI && !isInstalled(name) && `${name} is not installed`
