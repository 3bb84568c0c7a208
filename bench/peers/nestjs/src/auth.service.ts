import { Injectable, UnauthorizedException } from '@nestjs/common'
import { JwtService } from '@nestjs/jwt'
import bcrypt from 'bcrypt'
import { UsersService } from './users.service.js'

@Injectable()
export class AuthService {
  constructor(
    private readonly users: UsersService,
    private readonly jwt: JwtService
  ) {}

  async signIn(username: string, password: string) {
    const user = await this.users.findOne(username)
    if (!user || !(await bcrypt.compare(password, user.password_hash))) throw new UnauthorizedException()
    return { access_token: await this.jwt.signAsync({ sub: user.id, username: user.username }) }
  }

  async profile(id: number) {
    const user = await this.users.findById(id)
    if (!user || user.disabled) throw new UnauthorizedException()
    const { username, email, full_name } = user
    return { id, username, email, full_name, disabled: false }
  }
}
