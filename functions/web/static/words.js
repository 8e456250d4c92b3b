// Numbers, times and sizes as the reader's language and time zone say them.

const whole = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 2 });
const hour = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const distance = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
export const number = (value) => whole.format(value);
export const counted = (count, one, many) => (count === 1 ? `1 ${one}` : `${number(count)} ${many}`);
export const onDay = (iso) => day.format(new Date(iso));
export const inFull = (iso) => (iso ? moment.format(new Date(iso)) : "unknown");

// The hour of today, the day of this year, else the date.
export function shortly(iso) {
  if (!iso) return "";
  const date = new Date(iso), now = new Date();
  if (date.toDateString() === now.toDateString()) return hour.format(date);
  return (date.getFullYear() === now.getFullYear() ? dayOfYear : day).format(date);
}

export function ago(iso) {
  const seconds = Math.round((new Date(iso) - Date.now()) / 1000);
  if (seconds > -60) return "just now";
  if (seconds > -5400) return distance.format(Math.round(seconds / 60), "minute");
  if (seconds > -129600) return distance.format(Math.round(seconds / 3600), "hour");
  return distance.format(Math.round(seconds / 86400), "day");
}

export function duration(seconds) {
  if (seconds < 90) return counted(Math.max(1, Math.round(seconds)), "second", "seconds");
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${short.format(bytes / 1024)} KB` : `${short.format(bytes / 1024 ** 2)} MB`;
}

export const named = ({ name, email }) => name || email;
export const whoever = ({ name, email }) => (name && email && name !== email ? `${name} <${email}>` : name || email);

// Gmail's own labels are written in capitals.
export function label({ id, name }) {
  if (id?.startsWith("Label_") || !/^[A-Z_]+$/.test(name)) return name;
  return capital(name.toLowerCase());
}

export const capital = (word) => word[0].toUpperCase() + word.slice(1);
