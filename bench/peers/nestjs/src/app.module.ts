import { Module } from '@nestjs/common'
import { AuthModule } from './auth.module.js'
import { UsersModule } from './users.module.js'

@Module({ imports: [AuthModule, UsersModule] })
export class AppModule {}
