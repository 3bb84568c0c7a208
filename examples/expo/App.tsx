import type { SignedIn } from '@sallyport/client'
import { useEffect, useState } from 'react'
import { Button, Text, TextInput, View } from 'react-native'
import { server, session } from './session'

export default function App() {
  const [user, setUser] = useState<SignedIn>()
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [question, setQuestion] = useState<{ answer: (code: string) => void }>()
  const [text, setText] = useState('')
  useEffect(() => session.onChange(setUser), [])

  /** Runs the action of a button, and shows its result or its error. */
  const act = (work: () => Promise<string>) => () => {
    setText('')
    work().then(setText, (error: Error) => setText(error.message))
  }

  const signIn = act(async () => {
    await session.signIn({ username, password })
    setPassword('')
    return ''
  })
  const mailCode = act(async () => {
    const emailCode = ({ refused }: { refused: Error | undefined }) => {
      setText(refused?.message ?? 'If there is such an account, a code is on its way.')
      return new Promise<string>(answer => setQuestion({ answer }))
    }
    await session.signIn({ username, emailCode }).finally(() => setQuestion(undefined))
    return ''
  })
  const sendCode = () => {
    question?.answer(code)
    setCode('')
  }
  const readAccount = act(async () => {
    const response = await session.fetch(`${server}/users/me`)
    return JSON.stringify(await response.json(), null, 2)
  })
  const signOut = act(async () => ((await session.signOut()) ? '' : 'The server was not reached.'))

  return (
    <View style={{ flex: 1, justifyContent: 'center', gap: 12, padding: 24 }}>
      {user ? (
        <>
          <Text>Hello {user.username}</Text>
          <Button title="Read my account" onPress={readAccount} />
          <Button title="Sign out" onPress={signOut} />
        </>
      ) : (
        <>
          <TextInput
            placeholder="Username"
            autoCapitalize="none"
            autoComplete="username"
            value={username}
            onChangeText={setUsername}
          />
          <TextInput
            placeholder="Password"
            secureTextEntry
            autoComplete="current-password"
            value={password}
            onChangeText={setPassword}
          />
          <Button title="Sign in" onPress={signIn} />
          <Button title="Mail me a code" onPress={mailCode} />
          {question && (
            <>
              <TextInput
                placeholder="Code"
                inputMode="numeric"
                textContentType="oneTimeCode"
                autoComplete="one-time-code"
                value={code}
                onChangeText={setCode}
              />
              <Button title="Sign in with the code" onPress={sendCode} />
            </>
          )}
        </>
      )}
      <Text>{text}</Text>
    </View>
  )
}
