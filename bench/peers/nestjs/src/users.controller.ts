import { Body, Controller, Post } from '@nestjs/common'
import { type NewUser, UsersService } from './users.service.js'

@Controller('users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Post()
  async register(@Body() body: NewUser) {
    const user = await this.users.create(body)
    return { id: user?.id, username: user?.username }
  }
}
