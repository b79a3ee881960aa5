/** What runs, what wants a look, and what is due. */
export default function HomePage() {
  return <h1>Home</h1>;
}
