// Two training steps as plain loops over rows, to compare with those by hand in Go
// (handwritten_test.go): zero the gradients, forward, loss, backward.
//
//	moons:   MLP 2-16-16-1 with ReLU, hinge loss and L2 penalty, on 100 points
//	MLPStep: MLP 8-32-32-3 with tanh and cross-entropy, on 64 rows
//
// Prints the microseconds for a step in each of five rounds, then the losses and the sums of the
// gradients. From the root of the repository:
//
//	gcc -O3 -march=native bench/steps/c/loops.c -lm -o loops && ./loops
//	gcc -O3 -march=native -ffast-math bench/steps/c/loops.c -lm -o loops && ./loops
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define POINTS 100
#define HIDDEN 16
#define L2 1e-4

#define ROWS 64
#define IN 8
#define WIDTH 32
#define CLASSES 3

// A layer has a row for each neuron: its weights, then its bias.
struct moons {
	double w1[HIDDEN][2 + 1], w2[HIDDEN][HIDDEN + 1], w3[HIDDEN + 1];
};

struct mlp {
	double w1[WIDTH][IN + 1], w2[WIDTH][WIDTH + 1], w3[CLASSES][WIDTH + 1];
};

static struct moons moons, moons_grad;
static double points[POINTS][2], labels[POINTS];

static struct mlp mlp, mlp_grad;
static double rows[ROWS][IN];
static int classes[ROWS];

// Nothing is computed for dead ReLUs and satisfied margins.
static double moons_step(void)
{
	struct moons *p = &moons, *g = &moons_grad;
	double h1[HIDDEN], h2[HIDDEN], d1[HIDDEN];
	double loss = 0;

	memset(g, 0, sizeof *g);
	for (int i = 0; i < POINTS; i++) {
		double x0 = points[i][0], x1 = points[i][1];
		for (int j = 0; j < HIDDEN; j++) {
			double z = p->w1[j][0] * x0 + p->w1[j][1] * x1 + p->w1[j][2];
			h1[j] = z > 0 ? z : 0;
		}
		double score = p->w3[HIDDEN];
		for (int j = 0; j < HIDDEN; j++) {
			double z = p->w2[j][HIDDEN];
			for (int k = 0; k < HIDDEN; k++)
				z += p->w2[j][k] * h1[k];
			h2[j] = z > 0 ? z : 0;
			score += p->w3[j] * h2[j];
		}

		double margin = 1 - labels[i] * score;
		if (margin <= 0)
			continue;
		loss += margin / POINTS;

		double ds = -labels[i] / POINTS;
		memset(d1, 0, sizeof d1);
		for (int j = 0; j < HIDDEN; j++) {
			if (h2[j] <= 0)
				continue;
			g->w3[j] += ds * h2[j];
			double dz = ds * p->w3[j];
			for (int k = 0; k < HIDDEN; k++) {
				g->w2[j][k] += dz * h1[k];
				d1[k] += dz * p->w2[j][k];
			}
			g->w2[j][HIDDEN] += dz;
		}
		g->w3[HIDDEN] += ds;
		for (int j = 0; j < HIDDEN; j++) {
			if (h1[j] <= 0)
				continue;
			g->w1[j][0] += d1[j] * x0;
			g->w1[j][1] += d1[j] * x1;
			g->w1[j][2] += d1[j];
		}
	}

	double *ps = (double *)p, *gs = (double *)g;
	for (size_t i = 0; i < sizeof *p / sizeof *ps; i++) {
		loss += L2 * ps[i] * ps[i];
		gs[i] += 2 * L2 * ps[i];
	}
	return loss;
}

static void transpose(int in, int out, double w[out][in + 1], double wt[in + 1][out])
{
	for (int j = 0; j < out; j++)
		for (int k = 0; k <= in; k++)
			wt[k][j] = w[j][k];
}

// Sets z to w*x + b. It takes the transpose of w, so that the inner loop computes many sums at
// once: otherwise, each addition waits for the one before it.
static void affine(int in, int out, double wt[in + 1][out], double *x, double *z)
{
	for (int j = 0; j < out; j++)
		z[j] = wt[in][j];
	for (int k = 0; k < in; k++)
		for (int j = 0; j < out; j++)
			z[j] += wt[k][j] * x[k];
}

// The backward pass of affine; it leaves out dx if that is NULL.
static void affine_backward(int in, int out, double w[out][in + 1], double g[out][in + 1],
	double *x, double *dz, double *dx)
{
	for (int j = 0; j < out; j++) {
		for (int k = 0; k < in; k++)
			g[j][k] += dz[j] * x[k];
		g[j][in] += dz[j];
		if (dx)
			for (int k = 0; k < in; k++)
				dx[k] += dz[j] * w[j][k];
	}
}

static double mlp_step(void)
{
	struct mlp *p = &mlp, *g = &mlp_grad;
	double wt1[IN + 1][WIDTH], wt2[WIDTH + 1][WIDTH], wt3[WIDTH + 1][CLASSES];
	double h1[WIDTH], h2[WIDTH], z[CLASSES], d1[WIDTH], d2[WIDTH], dz[CLASSES];
	double loss = 0;

	memset(g, 0, sizeof *g);
	transpose(IN, WIDTH, p->w1, wt1);
	transpose(WIDTH, WIDTH, p->w2, wt2);
	transpose(WIDTH, CLASSES, p->w3, wt3);
	for (int i = 0; i < ROWS; i++) {
		affine(IN, WIDTH, wt1, rows[i], h1);
		for (int j = 0; j < WIDTH; j++)
			h1[j] = tanh(h1[j]);
		affine(WIDTH, WIDTH, wt2, h1, h2);
		for (int j = 0; j < WIDTH; j++)
			h2[j] = tanh(h2[j]);
		affine(WIDTH, CLASSES, wt3, h2, z);

		double top = z[0], sum = 0;
		for (int c = 1; c < CLASSES; c++)
			top = z[c] > top ? z[c] : top;
		for (int c = 0; c < CLASSES; c++) {
			dz[c] = exp(z[c] - top);
			sum += dz[c];
		}
		loss += (top + log(sum) - z[classes[i]]) / ROWS;
		for (int c = 0; c < CLASSES; c++)
			dz[c] /= sum * ROWS;
		dz[classes[i]] -= 1.0 / ROWS;

		memset(d1, 0, sizeof d1);
		memset(d2, 0, sizeof d2);
		affine_backward(WIDTH, CLASSES, p->w3, g->w3, h2, dz, d2);
		for (int j = 0; j < WIDTH; j++)
			d2[j] *= 1 - h2[j] * h2[j];
		affine_backward(WIDTH, WIDTH, p->w2, g->w2, h1, d2, d1);
		for (int j = 0; j < WIDTH; j++)
			d1[j] *= 1 - h1[j] * h1[j];
		affine_backward(IN, WIDTH, p->w1, g->w1, rows[i], d1, NULL);
	}
	return loss;
}

// A linear congruential generator, so that the data are the same everywhere.
static double uniform(void)
{
	static uint64_t state = 1;
	state = state * 6364136223846793005 + 1442695040888963407;
	return (state >> 11) / 9007199254740992.0;
}

static double normal(void)
{
	double r = sqrt(-2 * log(1 - uniform()));
	return r * cos(2 * M_PI * uniform());
}

// Draws weights of variance factor / in; the biases stay 0.
static void init_layer(int in, int out, double w[out][in + 1], double factor)
{
	double a = sqrt(3 * factor / in);
	for (int j = 0; j < out; j++)
		for (int k = 0; k < in; k++)
			w[j][k] = a * (2 * uniform() - 1);
}

static void init(void)
{
	for (int i = 0; i < POINTS; i++) {
		double angle = M_PI * uniform(), x = cos(angle), y = sin(angle);
		labels[i] = -1;
		if (i % 2 == 1) {
			x = 1 - x;
			y = 0.5 - y;
			labels[i] = 1;
		}
		points[i][0] = x + 0.1 * normal();
		points[i][1] = y + 0.1 * normal();
	}
	init_layer(2, HIDDEN, moons.w1, 2);
	init_layer(HIDDEN, HIDDEN, moons.w2, 2);
	init_layer(HIDDEN, 1, &moons.w3, 1);

	for (int i = 0; i < ROWS; i++) {
		for (int k = 0; k < IN; k++)
			rows[i][k] = normal();
		classes[i] = CLASSES * uniform();
	}
	init_layer(IN, WIDTH, mlp.w1, 1);
	init_layer(WIDTH, WIDTH, mlp.w2, 1);
	init_layer(WIDTH, CLASSES, mlp.w3, 1);
}

// Returns the microseconds for a step, and sets loss to the mean of all losses, so that the
// compiler can leave out none.
static double microseconds(double (*step)(void), int steps, double *loss)
{
	struct timespec start, end;
	double sum = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < steps; i++)
		sum += step();
	clock_gettime(CLOCK_MONOTONIC, &end);
	*loss = sum / steps;
	return ((end.tv_sec - start.tv_sec) * 1e6 + (end.tv_nsec - start.tv_nsec) / 1e3) / steps;
}

static double sum(void *grad, size_t size)
{
	double *g = grad, s = 0;
	for (size_t i = 0; i < size / sizeof *g; i++)
		s += g[i];
	return s;
}

int main(void)
{
	double moons_loss, mlp_loss;

	init();
	for (int i = 0; i < 5; i++) {
		double moons_us = microseconds(moons_step, 20000, &moons_loss);
		double mlp_us = microseconds(mlp_step, 5000, &mlp_loss);
		printf("moons %.1f us, MLPStep %.1f us\n", moons_us, mlp_us);
	}
	printf("moons: loss %.9f, sum of the gradient %.9f\n",
		moons_loss, sum(&moons_grad, sizeof moons_grad));
	printf("MLPStep: loss %.9f, sum of the gradient %.9f\n",
		mlp_loss, sum(&mlp_grad, sizeof mlp_grad));
}
