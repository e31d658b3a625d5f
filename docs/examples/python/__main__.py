import acme
import serve

serve.main(acme)
