const pad = (value: number, width = 2): string => String(value).padStart(width, "0");
const inEnglish = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat("en-US", options);
  return (time: Date): string => format.format(time);
};

/** What C's strftime puts for each letter, of those that chat templates use. */
const directives: ReadonlyMap<string, (time: Date) => string> = new Map([
  ["Y", (time: Date) => pad(time.getFullYear(), 4)],
  ["y", (time: Date) => pad(time.getFullYear() % 100)],
  ["m", (time: Date) => pad(time.getMonth() + 1)],
  ["d", (time: Date) => pad(time.getDate())],
  ["H", (time: Date) => pad(time.getHours())],
  ["I", (time: Date) => pad(((time.getHours() + 11) % 12) + 1)],
  ["M", (time: Date) => pad(time.getMinutes())],
  ["S", (time: Date) => pad(time.getSeconds())],
  ["p", (time: Date) => (time.getHours() < 12 ? "AM" : "PM")],
  ["B", inEnglish({ month: "long" })],
  ["b", inEnglish({ month: "short" })],
  ["A", inEnglish({ weekday: "long" })],
  ["a", inEnglish({ weekday: "short" })],
  ["%", () => "%"],
]);

/** The local time as C's strftime writes it, in English; throws a RangeError for a directive that has no row. */
export function formatTime(time: Date, format: string): string {
  return format.replace(/%(-?)(.)/gs, (_, bare: string, letter: string) => {
    const text = directives.get(letter)?.(time);
    if (text === undefined) throw new RangeError(`strftime has no directive %${letter} here`);
    return bare === "" ? text : text.replace(/^0+(?=\d)/, "");
  });
}
