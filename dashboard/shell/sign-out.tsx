import { Button } from "@mantine/core";
import { signOut } from "../data/session.js";

/** The session's end is told to the server; then the door is shown again. */
export async function leave(): Promise<void> {
  // Whoever is signed out already has come to where they want.
  await signOut().catch(() => undefined);
  location.assign("/sign-in");
}

export function SignOutButton() {
  return (
    <Button variant="default" onClick={() => void leave()}>
      Sign out
    </Button>
  );
}
