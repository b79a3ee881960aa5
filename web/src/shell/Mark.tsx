/** The sign of Perennial: a plant that comes again. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 22 22" aria-hidden="true">
      <rect className="fa" width="22" height="22" rx="6" />
      <g className="mark-g">
        <path d="M11 17.5V9.8" />
        <path d="M11 12.4C11 9.2 8.8 7.4 5.2 7.4c0 3.3 2.2 5.2 5.8 5z" />
        <path d="M11 10C11 6.6 13.2 4.6 16.8 4.6c0 3.6-2.2 5.6-5.8 5.4z" />
      </g>
    </svg>
  );
}
