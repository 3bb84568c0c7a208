import t from 'tap'
import { createApp } from '../../support/app.ts'

// From the documentation of passlib.hash.bcrypt_sha256.
const documented = '$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2'

t.test('the example in passlib’s documentation verifies (bcrypt_sha256 version 2)', async t => {
  const { app } = await createApp(t)
  t.equal(await app.passwords.verify('password', documented), true)
  t.equal(await app.passwords.verify('Password', documented), false)
})
