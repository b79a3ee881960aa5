export default function EndpointPage() { return <h1>Endpoint</h1>; }
