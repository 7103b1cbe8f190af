import type { EdgeloomErrorName } from "../../page-api.ts";
import { EdgeloomError } from "../edgeloom-error.ts";

/** The EdgeloomError that an action throws or rejects with; throws when it does neither, or throws something else. */
export async function errorFrom(
  action: () => unknown,
): Promise<{ name: EdgeloomErrorName; message: string }> {
  try {
    await action();
  } catch (error) {
    if (error instanceof EdgeloomError) return { name: error.name, message: error.message };
    throw error;
  }
  throw new Error("it was not refused");
}
