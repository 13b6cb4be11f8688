/** The few drawings of the app: 20 x 20, in the colour of the text. */
const PATHS = {
  live: "M2 5h7M5 10h11M3 15h6M12 15h5M12 5h3",
  functions: "M4 16 9 4h2l6 12M8.5 10 5 16",
  async: "M10 4a6 6 0 1 1-5.7 4M4 4v4h4M10 7v3.5l2.5 1.5",
  sources:
    "M3 6c0-1.4 3-2.5 7-2.5S17 4.600 17 6s-3 2.500-7 2.500S3 7.400 3 6Zm0 0v8c0 1.400 3 2.500 7 2.500s7-1.100 7-2.500V6M3 10c0 1.400 3 2.500 7 2.500s7-1.100 7-2.500",
  tour: "M7 4.500v11l8.500-5.500Z",
  pause: "M7 4.500v11M13 4.500v11",
  plus: "M10 4.500v11M4.500 10h11",
  minus: "M4.500 10h11",
  sun: "M10 6.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7ZM10 2v1.500M10 16.500V18M2 10h1.500M16.500 10H18M4.300 4.300l1.100 1.100M14.600 14.600l1.100 1.100M4.300 15.700l1.100-1.100M14.600 5.400l1.100-1.100",
  moon: "M16 11.500A6.500 6.500 0 1 1 8.500 4a5.200 5.200 0 0 0 7.500 7.500Z",
  system: "M3 4.500h14v9H3ZM7 16.500h6",
  check: "m4.500 10.500 3.500 3.500 7.500-8",
  alert: "M10 3.500 17.500 16h-15ZM10 8.500v3.500M10 14v.2",
  copy: "M7.500 7.500h8v8h-8ZM12.500 7.500v-3h-8v8h3",
  back: "M12 4.500 6.500 10l5.500 5.500",
  table: "M3 4.500h14v11H3ZM3 8.500h14M8 8.500v7",
  send: "M3 10 17 4l-5 12-2.500-5Z",
  refresh: "M15.700 8A6 6 0 1 0 16 10M16 4v4h-4",
  trash: "M4 6h12M8 6V4h4v2M5.500 6l.8 10h7.400l.8-10",
  now: "M4 5v10M8 10h9M13 6l4 4-4 4",
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing that says nothing to screen readers: the text beside it does. */
export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
